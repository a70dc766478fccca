/** What the pages ask for and what they order, by name. */
import { get, post } from "./ask.js";

const part = encodeURIComponent;

/** @param {string} name */
export const machineDetail = (name) => get(`/api/machines/${part(name)}`);
/** @param {string} name @param {Record<string, any>} query */
export const machineHistory = (name, query) => get(`/api/machines/${part(name)}/history`, query);
/** @param {string} name @param {string} [piece]  one of its parts; the whole without */
export const machineDiagram = (name, piece = "") =>
  get(`/api/diagram/${part(name)}${piece && `/${part(piece)}`}`);
/** @param {string} name */
export const diagramParts = (name) => get(`/api/diagram/${part(name)}/metadata`);
/** @param {string} time */
export const allAt = (time) => get("/api/at", { time });
/** @param {string} name @param {{time?: string, id?: number}} when */
export const machineAt = (name, when) => get(`/api/machines/${part(name)}/at`, when);

/** @param {string} name @param {"pause"|"resume"|"reset"} action */
export const orderMachine = (name, action) => post(`/api/machines/${part(name)}/${action}`);
/** @param {{target: string, type: string, payload?: unknown, job_id?: string}} event */
export const sendEvent = (event) => post("/api/events", event);

/** @param {Record<string, any>} query */
export const listEvents = (query) => get("/api/events", query);
/** @param {Record<string, any>} query */
export const listActivity = (query) => get("/api/activity", query);

/** @param {Record<string, any>} query */
export const listJobs = (query) => get("/api/jobs", query);
export const jobCounts = () => get("/api/jobs/counts");
/** @param {string} id */
export const jobDetail = (id) => get(`/api/jobs/${part(id)}`);
/** @param {string} id @param {"retry"|"cancel"|"remove"} action */
export const orderJob = (id, action) => post(`/api/jobs/${part(id)}/${action}`);
/** @param {{action: string, status?: string, type?: string, ids?: string[], limit?: number, before?: number}} order */
export const orderJobs = (order) => post("/api/jobs/actions", order);

/** How the monitor stands; it answers 503 where it can't read its database, and says why. */
export const health = () => get("/health", {}, [503]);
