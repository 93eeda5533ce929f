/** The part of aws4 that the tests use; it ships no types. */
declare module 'aws4' {
  export type Request = {
    service: string;
    region: string;
    host: string;
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: string;
    /** Presign instead of adding headers. */
    signQuery?: boolean;
  };
  /** Adds the signature to the request and gives it back. */
  export function sign(
    request: Request,
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  ): Request;
}
