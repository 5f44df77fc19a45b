/** What somebody chose cannot be: `parameter` names the option or the parameter, `message` goes on from its name. */
export class ChoiceError extends Error {
  override readonly name = 'ChoiceError';

  constructor(
    readonly parameter: string,
    message: string,
  ) {
    super(message);
  }
}
