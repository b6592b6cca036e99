import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program of the product running beside the tests. */
export class Program {
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];

  constructor(
    private readonly name: string,
    executable: string,
    args: string[],
    env: Record<string, string> = {},
  ) {
    this.child = spawn(executable, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.lines.push(text);
        // A test that runs for long must not fill the memory.
        if (this.lines.length > 5000) this.lines.splice(0, 2500);
      });
    }
  }

  /** What it has printed. */
  get output(): string {
    return this.lines.join('');
  }

  /** The places where it panicked, with a few lines each. A supervisor would hide them by starting it again. */
  get panics(): string[] {
    const lines = this.output.split('\n');
    return lines.flatMap((line, at) => (line.includes('panicked at') ? [lines.slice(at, at + 30).join('\n')] : []));
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until it has written `file`, and returns what is in it. */
  async ready<T>(file: string, seconds = 60): Promise<T> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      // It appears whole: the programs write it elsewhere and rename it.
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text !== undefined) return JSON.parse(text) as T;
      if (!this.running) throw new Error(`${this.name} ended before it was ready:\n${this.output}`);
      await sleep(50);
    }
    throw new Error(`${this.name} was not ready after ${seconds} s:\n${this.output}`);
  }

  /** Asks it to end and waits. One that does not end is a failure. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM', seconds = 30): Promise<void> {
    if (!this.running) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    const late = sleep(seconds * 1000, 'late', { ref: false });
    if ((await Promise.race([ended, late])) === 'late') {
      this.child.kill('SIGKILL');
      await ended;
      throw new Error(`${this.name} did not end within ${seconds} s after ${signal}:\n${this.output}`);
    }
  }
}

/** Runs a program to its end, with a text to read, and returns what it printed; throws if it fails. */
export async function runToEnd(
  executable: string,
  args: string[],
  env: Record<string, string> = {},
  input = '',
): Promise<string> {
  const child = spawn(executable, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  // One that ends without reading is no failure of its own.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  child.stdin.end(input);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${executable} ${args.join(' ')} ended with ${code}:\n${err}`);
  return out;
}

/** Removes a folder, whatever is in it. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}
