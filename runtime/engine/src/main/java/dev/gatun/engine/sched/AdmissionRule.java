package dev.gatun.engine.sched;

/**
 * Whether another request may start, given what the running ones are going to need. Asked only for
 * a request whose sequence fits into the free blocks beside the sequences of the running ones.
 * Engine thread only.
 */
interface AdmissionRule {

  /** A step is planned: what was said about the one before is void. */
  void beginStep();

  /**
   * Judges the first waiting request. If the answer is yes, it starts in this step and counts from
   * now on. Asked only while another one is running.
   *
   * @param numReferenced blocks of its sequence that running requests hold
   */
  boolean admits(RequestState candidate, int numReferenced);

  /** A token was appended; the request goes on or not. */
  void onToken(RequestState request);

  /** The request stopped at the end of its text, before its max_tokens. */
  void onStop(RequestState request);
}
