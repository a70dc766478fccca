/** What the pages ask for and what they order, by name. */
import { get, post } from "./ask.js";

const part = encodeURIComponent;

/** @param {string} name */
export const machineDetail = (name) => get(`/api/machines/${part(name)}`);
/** @param {string} name @param {Record<string, any>} query */
export const machineHistory = (name, query) => get(`/api/machines/${part(name)}/history`, query);
/** @param {string} name */
export const machineDiagram = (name) => get(`/api/diagram/${part(name)}`);
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
/** @param {{action: string, status?: string, type?: string, ids?: string[]}} order */
export const orderJobs = (order) => post("/api/jobs/actions", order);

export const health = () => get("/health");
