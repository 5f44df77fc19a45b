import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gondola/stream';
import { lastLine, runGondola, startGondola } from './run-gondola.js';

describe('the command line', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-cli-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('lists its commands', async () => {
    const { code, stdout } = await runGondola(['help']);
    expect(code).toBe(0);
    for (const name of [
      'up',
      'ingest',
      'detect',
      'api',
      'collector',
      'keys',
      'schemas',
      'replay',
      'score',
      'train',
      'simulate',
      'doctor',
      'compact',
      'vacuum',
      'expire',
      'rebuild',
      'reconcile',
      'quality',
    ])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  });

  it.each([
    [['fly'], 'there is no command fly'],
    [['replay'], 'replay takes one PATH'],
    [['replay', 'nowhere.csv', '--as', 'panel', '--lake', 'x'], 'there is no file nowhere.csv'],
    [['score', 'nowhere.parquet', '--out', 'x'], 'there is no file nowhere.parquet'],
    [['report', 'nowhere.parquet', '--out', 'x'], 'there is no file nowhere.parquet'],
    [['train', '--lake', 'x', '--out', 'x', '--labels', 'hearsay'], '--labels is one or more of'],
    [
      ['replay', 'package.json', '--as', 'xml', '--lake', 'x'],
      '--as is panel, online-retail or events; it was xml',
    ],
    [['replay', 'package.json', '--as', 'panel'], '--lake names the folder'],
    [['replay', 'package.json', '--as', 'panel', '--lake', 'x', '--days', '9..2'], 'it was 9..2'],
    [['ingest'], 'ingest takes --config FILE'],
    [['score', 'a', '--oout', 'b'], '--oout'],
    [['up', '--port', 'http'], '--port'],
    [['up', '--config', 'x', '--port', '1'], '--port is of the demo'],
    [['replay', 'package.json', '--as', 'panel', '--lake', 'x', '--stores', '3,'], 'it was 3,'],
    [['schemas'], 'schemas check, register, docs or types; it was nothing'],
    [['schemas', 'register'], 'schemas register takes --registry URL or --config FILE'],
    [['schemas', 'check', '--since', 'no-such-tag'], '--since no-such-tag'],
    [['doctor', '--port', '99999999'], '--port is 0 to 65535'],
  ])('says what is wrong with %j and exits 64', async (args, text) => {
    const { code, stderr } = await runGondola(args);
    expect({ code, stderr }).toMatchObject({ code: 64, stderr: expect.stringContaining(text) });
  });

  it('names the wrong field of a configuration and exits 78', async () => {
    const config = file(
      'ingest.yaml',
      `environment: dev\nlake: ${folder}/lake\nstream: { file: ${folder}/s, partitions: 0 }\n`,
    );
    const { code, stderr } = await runGondola(['ingest', '--config', config]);
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/stream\.partitions: .*it was 0/),
    });
    expect(stderr).toContain('masking: ');
  });

  it.each([
    ['an empty stream', 'stream:', /stream: must say where events come from: `file: PATH`.*it was null/],
    ['a stream without a file', 'stream: { name: pos }', /stream\.file: must name the file/],
  ])('says what to do about %s', async (_, stream, message) => {
    const text = `environment: dev\nlake: ${folder}/lake\n${stream}\nmasking: { keyFile: ${folder}/key }\n`;
    const { code, stderr } = await runGondola(['ingest', '--config', file('stream.yaml', text)]);
    expect({ code, stderr }).toMatchObject({ code: 78, stderr: expect.stringMatching(message) });
  });

  describe('of a configuration that names what is not there', () => {
    const key = () => file('masking.key', 'a key of thirty-two bytes or more, for this test');
    const ingest = (stream: string, keyFile: string) =>
      file(
        'nothing.yaml',
        `environment: dev\nlake: ${folder}/nothing\nstream: ${stream}\nmasking: { keyFile: ${keyFile} }\nhttp: { port: 0 }\n`,
      );

    it('says how to make a masking key', async () => {
      const config = ingest(`{ file: ${folder}/s }`, `${folder}/no.key`);
      const { code, stderr } = await runGondola(['ingest', '--config', config]);
      expect({ code, stderr }).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(
          /masking\.keyFile: there is no file .*no\.key.*gnd_dev_\$\(openssl rand -hex 32\) > .*no\.key/,
        ),
      });
    });

    it('does not call a mistyped stream drained, and does not make it', async () => {
      const config = ingest(`{ file: ${folder}/mistyped.sqlite }`, key());
      const { code, stderr } = await runGondola(['ingest', '--config', config, '--once']);
      expect({ code, stderr }).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/stream\.file: there is no file .*mistyped\.sqlite/),
      });
      expect(existsSync(join(folder, 'mistyped.sqlite'))).toBe(false);
    });

    it('waits for a broker, not ready, and ends well when told to; with --once it fails', async () => {
      const config = ingest('{ broker: kafka, bootstrap: ["127.0.0.1:1"] }', key());
      const { child, output, ended } = startGondola(['ingest', '--config', config]);
      const url = () => /http:\S+\/health\/ready/.exec(output())?.[0];
      while (!url() || !output().includes('trying again')) await systemClock.sleep(50);
      const answer = await fetch(String(url()));
      expect([answer.status, await answer.json()]).toMatchObject([
        503,
        { services: { ingest: { state: 'starting' } } },
      ]);
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 0 });
      expect(await runGondola(['ingest', '--config', config, '--once'])).toMatchObject({ code: 1 });
    });
  });

  it('says that another Node is needed and exits 78', async () => {
    const old =
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })';
    const { code, stderr } = await runGondola(['help'], {
      env: { NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(old)}"` },
    });
    expect({ code, stderr }).toMatchObject({ code: 78, stderr: expect.stringContaining('needs Node 24') });
  });

  it('keys new says that a producer has a key already', async () => {
    const args = [
      'keys',
      'new',
      '--file',
      join(folder, 'keys.yaml'),
      '--environment',
      'dev',
      '--producer',
      'a',
    ];
    const first = await runGondola(args);
    const second = await runGondola(args);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.stderr).not.toContain('already');
    expect(second.stderr).toContain('a had 1 of dev already, which goes on working');
  });

  it('says which port is in use and exits 78', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = file('api.yaml', `environment: dev\nlake: ${folder}/lake\nhttp: { port: ${port} }\n`);
    const { code, stderr } = await runGondola(['api', '--config', config]);
    server.close();
    expect({ code, stderr }).toMatchObject({ code: 78, stderr: expect.stringContaining(`Port ${port}`) });
  });

  it('says that a lake cannot be written and exits 78', async () => {
    const blocked = file('a-file', 'not a folder');
    const events = file('one.ndjson', '{"hello":"world"}\n');
    const { code, stderr } = await runGondola([
      'replay',
      events,
      '--as',
      'events',
      '--lake',
      join(blocked, 'lake'),
    ]);
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringContaining(join(blocked, 'lake')),
    });
  });

  it('replays made-up shops from a file, twice, and doubles nothing', async () => {
    const events = join(folder, 'events.ndjson.gz');
    const made = await runGondola([
      'simulate',
      '--out',
      events,
      '--days',
      '3',
      '--stores',
      '2',
      '--items',
      '10',
      '--json',
    ]);
    expect(made.code).toBe(0);
    const args = ['replay', events, '--as', 'events', '--lake', join(folder, 'lake'), '--json'];
    const first = lastLine(await runGondola(args));
    const second = lastLine(await runGondola(args));
    expect(first).toMatchObject({ ok: true, bronzeRows: first['records'] });
    expect({ ...second, seconds: 0 }).toEqual({ ...first, seconds: 0 });
  });

  it('says in a line what is wrong with a file that is no panel, and exits 1', async () => {
    const text = file('panel.parquet', 'not a Parquet file');
    const { code, stderr } = await runGondola(['score', text, '--out', join(folder, 'p.csv')]);
    expect({ code, lines: stderr.trim().split('\n') }).toEqual({
      code: 1,
      lines: [expect.stringContaining(text)],
    });
    const missing = await runGondola(['score', join(folder, 'none'), '--out', join(folder, 'p.csv')]);
    // Named wrongly: with the usage.
    expect({ code: missing.code, lines: missing.stderr.trim().split('\n').length }).toEqual({
      code: 64,
      lines: 2,
    });
  });

  it('doctor finds this machine fit', async () => {
    const { code, stdout, stderr } = await runGondola([
      'doctor',
      '--lake',
      join(folder, 'lake'),
      '--port',
      '0',
      '--json',
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const checks = lastLine({ code, stdout, stderr, killed: false })['checks'] as {
      check: string;
      ok: boolean;
    }[];
    expect(checks.map((check) => check.check)).toEqual(
      expect.arrayContaining(['node', 'schemas', 'model', 'lake', 'disk', 'tables', 'stream', 'port']),
    );
  });

  it('ingest and detect drain with --once, one after the other, and say how much', async () => {
    const lake = join(folder, 'lake');
    const common = `environment: dev\nlake: ${lake}\nstream: { file: ${lake}/_gondola/stream.sqlite }\n`;
    const ingest = file('once.yaml', `${common}masking: { keyFile: ${lake}/_gondola/masking.key }\n`);
    const ended = await runGondola(['ingest', '--config', ingest, '--once', '--json']);
    expect(lastLine(ended)).toMatchObject({ command: 'ingest', ok: true, records: 0 });
    const detect = file('detect.yaml', common);
    expect(lastLine(await runGondola(['detect', '--config', detect, '--once', '--json']))).toMatchObject({
      ok: true,
    });
  });

  it('refuses the model of another version and exits 78', async () => {
    const model = file('model.json', '{"format": 99}');
    const config = file(
      'model.yaml',
      `environment: dev\nlake: ${folder}/lake\nmodel: ${model}\nstream: { file: ${folder}/s }\n`,
    );
    const { code, stderr } = await runGondola(['detect', '--config', config, '--once']);
    expect({ code, stderr: stderr.includes('format') || stderr.includes('model') }).toEqual({
      code: 78,
      stderr: true,
    });
  });
});
