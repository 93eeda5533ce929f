/** What the agent needs of a logger; pino has this shape. */
type Write = (details: object, message: string) => void;

/** Structured logging: an object of details, then a sentence. */
export type Log = { readonly info: Write; readonly warn: Write; readonly error: Write };
