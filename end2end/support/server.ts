import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Program, removeFolder, runToEnd } from './process';

/** Where the executables and the site are: `cargo xtask e2e` says. */
function built(variable: string, usual: string): string {
  return process.env[variable] ?? path.resolve(import.meta.dirname, '../../target', usual);
}

export const executables = {
  lastmile: built('LASTMILE_BIN', 'debug/lastmile'),
  simulator: built('LASTMILE_SIMULATOR_BIN', 'debug/lastmile-simulator'),
  site: built('LASTMILE_SITE', 'site'),
};

/** What the server writes into its ready file. */
interface Ready {
  portal: string;
  cwmp: string;
  files: string;
  metrics: string;
  setup: string | null;
}

function url(address: string): string {
  return address.startsWith('http') ? address : `http://${address}`;
}

/** The real executable on free ports of the loopback interface, with a data folder of its own. */
export class Server {
  private program?: Program;
  private ready?: Ready;

  private constructor(
    readonly folder: string,
    private readonly config: string,
  ) {}

  /** Starts one with an empty data folder. `extra` are further lines of the settings file. */
  static async start(extra = ''): Promise<Server> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lastmile-e2e-'));
    const config = path.join(folder, 'lastmile.toml');
    const server = new Server(folder, config);
    const data = path.join(folder, 'data');
    // The fleet lives on this machine, so it has to be reachable there.
    await writeFile(config, `data = ${JSON.stringify(data)}\n\n[egress]\nallow = ["127.0.0.0/8"]\n\n${extra}`);
    await server.launch();
    return server;
  }

  /** Starts the program, on the ports it had before if it ran already. */
  async launch(): Promise<void> {
    const file = path.join(this.folder, 'ready.json');
    await rm(file, { force: true });
    const bare = (address?: string) => address?.replace(/^http:\/\//, '') ?? '127.0.0.1:0';
    this.program = new Program(
      'lastmile',
      executables.lastmile,
      [
        ...['serve', '--config', this.config, '--site', executables.site, '--ready-file', file],
        ...['--portal', bare(this.ready?.portal)],
        ...['--cwmp', bare(this.ready?.cwmp)],
        ...['--files', bare(this.ready?.files)],
        ...['--metrics', bare(this.ready?.metrics)],
      ],
      { RUST_BACKTRACE: '1' },
    );
    this.ready = await this.program.ready<Ready>(file);
  }

  get portal(): string {
    return url(this.started.portal);
  }

  get cwmp(): string {
    return url(this.started.cwmp);
  }

  get metrics(): string {
    return url(this.started.metrics);
  }

  /** The one-time link to create the administrator. */
  get setupLink(): string {
    const { setup } = this.started;
    if (setup === null) throw new Error('the server has an administrator already');
    return setup;
  }

  /** The password that gateways sign in with. */
  async cpePassword(): Promise<string> {
    return (await readFile(path.join(this.folder, 'data/cpe-password'), 'utf8')).trim();
  }

  /** What it has printed. */
  get output(): string {
    return this.program?.output ?? '';
  }

  /** The places where it panicked: there must be none. */
  get panics(): string[] {
    return this.program?.panics ?? [];
  }

  /** Runs another command of the executable on the same data. */
  async command(...args: string[]): Promise<string> {
    return runToEnd(executables.lastmile, args, { LASTMILE_CONFIG: this.config });
  }

  /** Makes somebody known who signs in with this name and password. */
  async addPerson(username: string, role: string, password: string): Promise<void> {
    const args = ['user', 'add', username, '--role', role];
    await runToEnd(executables.lastmile, args, { LASTMILE_CONFIG: this.config }, `${password}\n`);
  }

  /** Ends the program and keeps the data. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.program?.stop(signal);
  }

  /** Ends the program and removes everything. */
  async dispose(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await removeFolder(this.folder);
    }
  }

  private get started(): Ready {
    if (!this.ready) throw new Error('the server has not started');
    return this.ready;
  }
}
