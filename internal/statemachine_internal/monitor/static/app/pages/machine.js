/** One machine: where it stands, how it came there, what waits, and what one may do about it. */
import { html, useState } from "../html.js";
import { listed, machine, names } from "../live/machines.js";
import { useShown } from "../live/shown.js";
import { address } from "../shell/route.js";
import { useDetail } from "./machine/detail.js";
import { Facts } from "./machine/facts.js";
import { Heading } from "./machine/heading.js";
import { HistoryTable } from "./machine/history_table.js";
import { LiveDiagram } from "./machine/live_diagram.js";
import { Ribbon } from "./machine/ribbon.js";
import { useRows } from "./machine/rows.js";
import { SendDialog } from "./machine/send_dialog.js";
import { Why } from "./machine/why.js";
import { Confirmation } from "../parts/confirm.js";

/** @param {{name: string}} props */
export function MachinePage({ name }) {
  useShown([name], ["transitions", "activity", "messages"]);
  const [sending, setSending] = useState(false);
  const { detail, look } = useDetail(name);
  const rows = useRows(name);
  names.value; // the machine may appear while we wait
  const live = machine(name);
  if (!live) {
    return html`
      <h1 tabindex="-1">${name}</h1>
      <p class="empty">
        ${
          listed.value
            ? html`
                No machine of this name has run here.${" "}
                <a href=${address("overview")}>All machines</a>
              `
            : "Waiting for the monitor…"
        }
      </p>
    `;
  }
  return html`
    <${Heading} name=${name} live=${live} onSend=${() => setSending(true)} />
    <div class="machine">
      <div class="machine-main">
        <${LiveDiagram} name=${name} live=${live} rows=${rows} />
        <${Ribbon} live=${live} rows=${rows} />
        <${HistoryTable} name=${name} rows=${rows} />
      </div>
      <div class="machine-side">
        <${Why} live=${live} detail=${detail} />
        <${Facts} live=${live} detail=${detail} />
      </div>
    </div>
    ${
      sending &&
      html`
        <${SendDialog} name=${name} live=${live} detail=${detail} onSent=${look} onClose=${() => setSending(false)} />
      `
    }
    <${Confirmation} />
  `;
}
