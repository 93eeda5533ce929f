/** Runs one thing at a time and again when it was asked for meanwhile: bursts share a round. */
export type Rounds = { readonly request: () => void };

/** A failed round is tried again after this long. */
const retryMs = 500;

/** `work` never overlaps itself; requests during a round lead to exactly one more. */
export function createRounds(work: () => Promise<void>, failed: (error: unknown) => void): Rounds {
  let running = false;
  let again = false;
  const request = (): void => {
    again = true;
    if (running) return;
    running = true;
    loop().catch(failed);
  };
  const loop = async (): Promise<void> => {
    while (again) {
      again = false;
      await work().catch((error: unknown) => {
        failed(error);
        setTimeout(request, retryMs).unref();
      });
    }
    running = false;
  };
  return { request };
}
