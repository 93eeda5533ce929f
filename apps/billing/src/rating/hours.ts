/** How unit-milliseconds become the hours that prices are stated for. */

export const msPerHour = 3_600_000n;

/** GB means 2^30 bytes in every size (behaviours row 21). */
export const mbPerGb = 1024n;
