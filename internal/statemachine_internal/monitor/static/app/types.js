/**
 * What the server sends, as the pages see it. Times are ISO 8601 in UTC, ids of rows are numbers that grow.
 *
 * @typedef {object} Machine
 * @property {string} name
 * @property {string} config_type  the name of its definition
 * @property {string} state
 * @property {"running"|"waiting"|"stopped"|"finished"|"failed"|"paused"} status
 * @property {boolean} running  a process holds its lock
 * @property {boolean} paused
 * @property {string} entered  when it came into the state
 * @property {string|null} last_activity
 * @property {string|null} started
 * @property {number|null} pid
 * @property {number} pending  how many events wait in its inbox
 * @property {string|null} oldest_pending
 * @property {{id: string, type: string, progress: number|null}|null} job
 * @property {string|null} next_due
 * @property {unknown} waits_for
 * @property {string} definition_hash
 * @property {boolean} final
 * @property {string|null} last_error
 *
 * @typedef {object} FeedItem
 * @property {number} id
 * @property {string} type
 * @property {string} machine_name
 * @property {Record<string, any>} payload
 * @property {string} timestamp
 * @property {number|null} event_id
 *
 * @typedef {object} Change  the payload of a state_change
 * @property {string} from
 * @property {string} to
 * @property {string} event
 * @property {boolean} [internal]  the machine stayed where it was, without leaving its state
 *
 * @typedef {object} Message  an event of an inbox
 * @property {number} id
 * @property {string} target
 * @property {string} source
 * @property {string} type
 * @property {"pending"|"processed"|"ignored"|"deferred"|"failed"} status
 * @property {unknown} payload
 * @property {string|null} job_id
 * @property {string} created
 * @property {string|null} processed
 * @property {string|null} not_before
 * @property {string|null} error
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {number} seq  pages of the list go by it
 * @property {string} type
 * @property {string|null} machine_type
 * @property {string|null} machine
 * @property {"pending"|"scheduled"|"processing"|"completed"|"failed"|"cancelled"} status
 * @property {number} priority
 * @property {number} attempts
 * @property {number} max_attempts
 * @property {string|null} run_after
 * @property {string|null} unique_key
 * @property {number|null} progress
 * @property {string|null} input_file
 * @property {unknown} payload
 * @property {unknown} result
 * @property {string|null} error
 * @property {string|null} source_job
 * @property {string} created
 * @property {string|null} started
 * @property {string|null} finished
 *
 * @typedef {object} Transition
 * @property {string} id
 * @property {string} from  "*" for any state
 * @property {string|null} to  null for one that leaves the machine where it is
 * @property {string} event
 * @property {number|null} timeout  seconds
 * @property {string|null} when
 * @property {boolean} interrupt
 * @property {{type: string, text: string}[]} actions
 *
 * @typedef {object} GraphState
 * @property {string} name
 * @property {boolean} initial
 * @property {boolean} final
 * @property {string|null} group
 * @property {boolean} outside  of the part that is drawn: it is only an end of a transition here
 * @property {{type: string, text: string}[]} actions
 * @property {number[]} timeouts  seconds
 *
 * @typedef {object} Graph
 * @property {string} name
 * @property {string} initial
 * @property {{name: string, states: string[]}[]} groups
 * @property {GraphState[]} states
 * @property {Transition[]} transitions
 *
 * @typedef {object} Frame  what /ws/ui sends at most twenty times a second
 * @property {"frame"} type
 * @property {number} last_id
 * @property {boolean} caught_up
 * @property {boolean} [full]
 * @property {Machine[]} [machines]
 * @property {FeedItem[]} [transitions]
 * @property {number} [skipped]
 * @property {FeedItem[]} [activity]
 * @property {Job[]} [jobs]
 * @property {Record<string, number>} [job_counts]
 * @property {Message[]} [messages]
 * @property {{machines?: string[], jobs?: string[]}} [removed]
 */
export {};
