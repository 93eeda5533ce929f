/** Release labels, as far as defaults and limits depend on them. */

/**
 * Whether a label such as `emr-7.13.0`, `emr-7.13.0-latest` or `emr-spark-8.0.0` is of this release
 * or a later one; a label of another form is older than all.
 */
export function isAtLeast(releaseLabel: string, major: number, minor: number): boolean {
  const [, own = '0', ownMinor = '0'] = /^emr-(?:spark-)?(\d+)\.(\d+)/.exec(releaseLabel) ?? [];
  return Number(own) === major ? Number(ownMinor) >= minor : Number(own) > major;
}
