/**
 * Serialises starts and stops of one server: at most one transition at a time, requests made meanwhile are folded.
 * In: how to resolve, start and stop. Out: a server that runs what was resolved last.
 * Must not know VS Code, nor what a server is.
 */
import { isDeepStrictEqual } from "node:util";

export interface Running {
  stop(): Promise<void>;
}

export interface Steps<Resolution> {
  resolve(): Promise<Resolution | undefined>;
  start(resolution: Resolution): Promise<Running>;
  stopped(): void;
  failed(error: unknown): void;
}

type Wish = "reconcile" | "restart";

export class Supervisor<Resolution> {
  readonly #steps: Steps<Resolution>;
  #current: { readonly resolution: Resolution; readonly running: Running } | undefined;
  #wish: Wish | undefined;
  #working: Promise<void> | undefined;
  #ended = false;

  constructor(steps: Steps<Resolution>) {
    this.#steps = steps;
  }

  get resolution(): Resolution | undefined {
    return this.#current?.resolution;
  }

  /** Restarts even if nothing changed. Resolves when the server that serves this wish was started. */
  restart(): Promise<void> {
    return this.#request("restart");
  }

  /** Restarts only if another server would be resolved now, or none runs. */
  reconcile(): Promise<void> {
    return this.#request("reconcile");
  }

  /** Stops for good. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#wish = undefined;
    await this.#working;
    await this.#stop();
  }

  #request(wish: Wish): Promise<void> {
    if (this.#ended) {
      return Promise.resolve();
    }
    this.#wish = this.#wish === "restart" ? "restart" : wish;
    this.#working ??= this.#drain().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #drain(): Promise<void> {
    while (this.#wish !== undefined) {
      const wish = this.#wish;
      this.#wish = undefined;
      try {
        await this.#fulfil(wish);
      } catch (error) {
        this.#steps.failed(error);
      }
    }
  }

  async #fulfil(wish: Wish): Promise<void> {
    const resolution = await this.#steps.resolve();
    if (
      wish === "reconcile" &&
      this.#current !== undefined &&
      isDeepStrictEqual(resolution, this.#current.resolution)
    ) {
      return;
    }
    await this.#stop();
    // `end` may have been called while this was waiting: it must not leave a server behind.
    if (resolution !== undefined && !this.#ended) {
      this.#current = { resolution, running: await this.#steps.start(resolution) };
    }
  }

  async #stop(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    if (current !== undefined) {
      this.#steps.stopped();
      await current.running.stop();
    }
  }
}
