import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '@coro/shared/database/open'
import { openDatabase } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// pg's own clients over the shared session, as the data layer and BullMQ use them.
let database: Database
beforeAll(async () => {
  database = await openDatabase('pglite:memory')
  await database.pool.query('create table note (id serial primary key, who text not null, n int)')
})
afterAll(() => database[Symbol.asyncDispose]())

describe('clients that share the one session', () => {
  it('never see or end one another’s transactions', async () => {
    const work = async (who: string, ends: 'commit' | 'rollback') => {
      const client = await database.pool.connect()
      try {
        await client.query('begin')
        const seen: number[] = []
        for (let n = 0; n < 5; n++) {
          await client.query('insert into note (who, n) values ($1, $2)', [who, n])
          await sleep(Math.random() * 3)
          const { rows } = await client.query<{ n: number }>('select count(*) as n from note where who = $1', [who])
          seen.push(rows[0]?.n ?? -1)
        }
        await client.query(ends)
        return seen
      } finally {
        client.release()
      }
    }
    const writers = ['a', 'b', 'c', 'd', 'e', 'f']
    const answers = await Promise.all(writers.map((who, i) => work(who, i % 2 === 0 ? 'commit' : 'rollback')))
    for (const seen of answers) expect(seen).toEqual([1, 2, 3, 4, 5])
    const { rows } = await database.pool.query<{ who: string; n: number }>(
      `select who, count(*) as n from note where who = any($1) group by who order by who`,
      [writers],
    )
    expect(rows).toEqual(['a', 'c', 'e'].map((who) => ({ who, n: 5 })))
  })

  it('wait for an open transaction, and go on in order', async () => {
    const holder = await database.pool.connect()
    await holder.query('begin')
    const order: string[] = []
    const waiting = Promise.all(
      ['x', 'y', 'z'].map(async (name) => {
        await database.pool.query('select 1')
        order.push(name)
      }),
    )
    await sleep(30)
    expect(order).toEqual([])
    await holder.query('rollback')
    holder.release()
    await waiting
    expect(order).toEqual(['x', 'y', 'z'])
  })

  it('roll back what a client left open when it was destroyed', async () => {
    const client = await database.pool.connect()
    await client.query('begin')
    await client.query(`insert into note (who) values ('lost')`)
    client.release(new Error('broken'))
    const { rows } = await database.pool.query(`select from note where who = 'lost'`)
    expect(rows).toHaveLength(0)
  })

  it('roll back where the client is destroyed while a statement of its transaction runs', async () => {
    const client = await database.pool.connect()
    client.on('error', () => undefined)
    await client.query('begin')
    const running = client.query(`insert into note (who) select 'lost too' from generate_series(1, 20000)`)
    const ended = running.then(
      () => 'answered',
      () => 'refused',
    )
    client.release(new Error('broken'))
    expect(await ended).toBe('refused')
    const { rows } = await database.pool.query(`select from note where who = 'lost too'`)
    expect(rows).toHaveLength(0)
  })

  it('hear every notification on their channels, whoever sends it', async () => {
    const heard: string[] = []
    const listeners = await Promise.all(['one', 'two', 'three'].map(() => database.pool.connect()))
    for (const [i, listener] of listeners.entries()) {
      listener.on('notification', ({ channel, payload }) => heard.push(`${i} ${channel} ${payload}`))
      await listener.query('listen news')
    }
    await database.pool.query(`select pg_notify('news', 'rain')`)
    await listeners[1]?.query(`notify news, 'frogs'`)
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(6)
    expect(heard.sort()).toEqual([0, 1, 2].flatMap((i) => [`${i} news frogs`, `${i} news rain`]))
    for (const listener of listeners) listener.release()
  })

  it('get notifications of a transaction only when it is committed', async () => {
    const listener = await database.pool.connect()
    const heard: (string | undefined)[] = []
    listener.on('notification', ({ payload }) => heard.push(payload))
    await listener.query('listen later')
    const sender = await database.pool.connect()
    await sender.query('begin')
    await sender.query(`notify later, 'taken back'`)
    await sender.query('rollback')
    await sender.query('begin')
    await sender.query(`notify later, 'said'`)
    await sleep(20)
    expect(heard).toEqual([])
    await sender.query('commit')
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual(['said'])
    sender.release()
    listener.release()
  })
})

describe('errors', () => {
  it.each([
    ['42P01', 'select * from nowhere', []],
    ['22P02', 'select $1::int', ['frog']],
    ['23502', 'insert into note (who) values (null)', []],
    ['42601', 'selec 1', []],
  ])('keep their SQLSTATE %s', async (code, sql, params) => {
    await expect(database.pool.query(sql, params)).rejects.toMatchObject({ code })
    await expect(database.pool.query('select 1 as n')).resolves.toMatchObject({ rows: [{ n: 1 }] })
  })

  it('leave a failed transaction to its own client to end', async () => {
    const client = await database.pool.connect()
    await client.query('begin')
    await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    await expect(client.query('select 1 as n')).resolves.toMatchObject({ rows: [{ n: 1 }] })
    client.release()
  })
})

describe('what goes over the wire', () => {
  it('may be megabytes long, binary included', async () => {
    const text = 'coruja '.repeat(500_000)
    const bytes = Buffer.alloc(5_000_000, 0x5a)
    const { rows } = await database.pool.query<{ text: string; bytes: Buffer }>(
      'select $1::text as text, $2::bytea as bytes',
      [text, bytes],
    )
    expect(rows[0]?.text).toBe(text)
    expect(rows[0]?.bytes.equals(bytes)).toBe(true)
  })

  it('answers many queries at once, each with its own rows', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, n) => database.pool.query<{ n: number }>('select $1::int as n', [n])),
    )
    expect(answers.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 300 }, (_, n) => n))
  })

  it('reads bigint as number, and vectors as arrays', async () => {
    const { rows } = await database.pool.query(`select 9007199254740991::bigint as n, '[1,2]'::vector as e`)
    expect(rows[0]).toEqual({ n: 9007199254740991, e: [1, 2] })
  })
})
