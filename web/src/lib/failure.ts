/* What went wrong, in one sentence: the API's own, wherever it has one. */

export class Failure extends Error {
  /** HTTP status; 0 where there was no answer at all. */
  readonly status: number;
  /** Whether the API itself says that asking again may help: the very same request is at work, say. */
  readonly again: boolean;

  constructor(status: number, sentence: string, again = false) {
    super(sentence);
    this.name = "Failure";
    this.status = status;
    this.again = again;
  }

  /** Whether asking again may help: nobody answered, or said "not now". */
  get passing(): boolean {
    return this.again || this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

const WORDS: Readonly<Record<number, string>> = {
  401: "Your session has ended: log in again.",
  403: "You may not do this: ask an admin for the role.",
  404: "There is nothing of that name.",
  429: "Too many requests at once: it is tried again in a moment.",
  503: "A service behind the API did not answer in time: it is tried again.",
};

export function unreachable(): Failure {
  return new Failure(0, "Tradewind does not answer: it is tried again.");
}

/** Read a problem document (RFC 9457), the gateway's own `message`, or what a proxy between says. */
export async function failureOf(answer: Response): Promise<Failure> {
  const told = (await answer.json().catch(() => ({}))) as { detail?: unknown };
  const sentence = typeof told.detail === "string" && told.detail ? told.detail : WORDS[answer.status];
  return new Failure(answer.status, sentence ? sentenceOf(sentence) : `The API answered with status ${answer.status}.`, answer.headers.has("retry-after"));
}

function sentenceOf(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
