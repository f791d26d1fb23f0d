// A request that was not made, or not gone on with, because a rule of safe fetching says so. Its message may be shown to whoever
// asked: it names the URL's own host and addresses, nothing of this machine.

export class RefusedRequest extends Error {
  override readonly name = "RefusedRequest";
}
