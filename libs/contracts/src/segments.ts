/** The bucket of closed pieces of the log, in a store that only the platform's own services reach. */
export const segmentBucket = 'firesteel-segments';
