/** A set-up step that cannot be done. The message is one sentence a user can act on. */
export class SetUpProblem extends Error {
  override readonly name = 'SetUpProblem';
}
