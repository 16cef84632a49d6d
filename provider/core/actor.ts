/** Who changes something that is not their own: an admin, the desk, a program, or whoever sits at the server's command line. */
export interface Actor {
  readonly kind: 'account' | 'client' | 'command-line';
  readonly id: string;
  /** As people call them, kept because the account or client may be gone one day. */
  readonly name: string;
}

export const COMMAND_LINE: Actor = { kind: 'command-line', id: 'command-line', name: 'kapu' };
