/** The pages, in the order of the navigation. */
import { Overview } from "../pages/overview.js";
import { MachinePage } from "../pages/machine.js";
import { JobsPage } from "../pages/jobs.js";
import { ActivityPage } from "../pages/activity.js";
import { MessagesPage } from "../pages/messages.js";
import { HistoryPage } from "../pages/history.js";

/** @type {{page: string, title: string, key: string, body: Function}[]} */
export const PAGES = [
  { page: "overview", title: "Overview", key: "g o", body: Overview },
  { page: "jobs", title: "Jobs", key: "g j", body: JobsPage },
  { page: "activity", title: "Activity", key: "g a", body: ActivityPage },
  { page: "messages", title: "Messages", key: "g m", body: MessagesPage },
  { page: "history", title: "History", key: "g h", body: HistoryPage },
];

/** The component for an address. @param {import("./route.js").Route} route */
export function bodyOf({ page, name }) {
  if (page === "machines" && name) return MachinePage;
  return (PAGES.find((each) => each.page === page) ?? PAGES[0]).body;
}
