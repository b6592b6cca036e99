import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Program, removeFolder, runToEnd } from './process';
import { executables, type Server } from './server';

/** A line of the sample subscribers, by column. */
export type Subscriber = Record<string, string>;

/** A file for the form of uploads. */
export interface Upload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/**
 * A firmware image that gateways of every model take. `words` say what goes wrong with it, such as `bricks=20` and
 * `only=HG645`: they are explained in `crates/simulator/src/image.rs`.
 */
export function image(version: string, words: string[] = [], size = 64 << 10): Upload {
  const head = Buffer.from(`${['LASTMILE-SIM', `version=${version}`, ...words].join(' ')}\n`);
  const buffer = Buffer.concat([head, Buffer.alloc(size, `firmware ${version} `)]);
  return { name: `gateway-${version}.bin`, mimeType: 'application/octet-stream', buffer };
}

/** Simulated gateways that talk to a server. */
export class Fleet {
  private constructor(
    private readonly program: Program,
    private readonly folder: string,
    private readonly control: string | null,
  ) {}

  /** Starts gateways; `extra` are further arguments of the simulator. */
  static async start(server: Server, devices: number, seed: number, extra: string[] = []): Promise<Fleet> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lastmile-fleet-'));
    const file = path.join(folder, 'ready.json');
    const program = new Program(
      'the simulator',
      executables.simulator,
      [
        ...['run', '--acs', server.cwmp, '--devices', `${devices}`, '--seed', `${seed}`],
        // Gateways that start in seconds instead of a minute: long enough to be seen, short enough to wait for.
        ...['--boot-seconds', '8'],
        ...(extra.includes('--spread') ? [] : ['--spread', '2']),
        ...['--ready-file', file],
        ...extra,
      ],
      { SIMULATOR_USERNAME: 'lastmile', SIMULATOR_PASSWORD: await server.cpePassword() },
    );
    const { control } = await program.ready<{ control?: string | null }>(file);
    return new Fleet(program, folder, control ?? null);
  }

  /** Imports the subscribers of a fleet and returns them. */
  static async importSubscribers(server: Server, devices: number, seed: number): Promise<Subscriber[]> {
    const csv = await runToEnd(executables.simulator, ['subscribers', '--devices', `${devices}`, '--seed', `${seed}`]);
    const file = path.join(server.folder, 'subscribers.csv');
    await writeFile(file, csv);
    await server.command('subscribers', 'import', file);
    return parseCsv(csv);
  }

  /** Does something to a gateway, such as `offline`, `online` or `faults`; it must run with `--control`. */
  async act(serial: string, what: string, body?: unknown): Promise<void> {
    const answer = await fetch(`${this.control}/devices/${serial}/${what}`, {
      method: 'POST',
      body: body === undefined ? '' : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${what} of ${serial}: ${answer.status} ${await answer.text()}`);
  }

  /** Serial numbers of the gateways by model, such as `kestrel-hg640`. */
  async serials(): Promise<Record<string, string>> {
    const answer = await fetch(`${this.control}/devices`);
    const list = (await answer.json()) as { serial: string; model: string }[];
    return Object.fromEntries(list.map(({ model, serial }) => [model, serial]));
  }

  /** Serial numbers of all gateways of a model. */
  async all(model: string): Promise<string[]> {
    const answer = await fetch(`${this.control}/devices`);
    const list = (await answer.json()) as { serial: string; model: string }[];
    return list.filter((one) => one.model === model).map(({ serial }) => serial);
  }

  /** What a gateway does now, such as `idle` or `off`. */
  async activity(serial: string): Promise<string> {
    return (await this.look(serial)).device.activity;
  }

  /** RPCs that a gateway was asked for, by method. */
  async calls(serial: string): Promise<Record<string, number>> {
    return (await this.look(serial)).stats.calls;
  }

  private async look(serial: string): Promise<{ device: { activity: string }; stats: { calls: Record<string, number> } }> {
    const answer = await fetch(`${this.control}/devices/${serial}`);
    if (!answer.ok) throw new Error(`${serial}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Awaited<ReturnType<Fleet['look']>>;
  }

  /** How often each gateway installed which version of firmware, by serial number. */
  async flashes(): Promise<Record<string, Record<string, number>>> {
    const answer = await fetch(`${this.control}/flashes`);
    return (await answer.json()) as Record<string, Record<string, number>>;
  }

  get output(): string {
    return this.program.output;
  }

  async stop(): Promise<void> {
    try {
      await this.program.stop();
    } finally {
      await removeFolder(this.folder);
    }
  }
}

/** Comma-separated values with quotes (RFC 4180), the first line naming the columns. */
export function parseCsv(text: string): Subscriber[] {
  const [head, ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) =>
        quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'),
      ),
    );
  return rows.map((row) => Object.fromEntries((head ?? []).map((name, at) => [name, row[at] ?? ''])));
}
