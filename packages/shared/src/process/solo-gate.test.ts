import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createSoloGate } from './solo-gate.js'

/** Lets `name` in and notes it; the caller disposes. */
function visitors() {
  const gate = createSoloGate()
  const inside: string[] = []
  const enter = (name: string, alone: boolean, signal?: AbortSignal) => {
    const pass = gate.enter(alone, signal).then((entered) => {
      inside.push(name)
      return {
        leave() {
          inside.splice(inside.indexOf(name), 1)
          entered[Symbol.dispose]()
        },
      }
    })
    return pass
  }
  return { enter, inside }
}

it('lets work in together, a suspect by itself, and whoever comes after a suspect behind it', async () => {
  const { enter, inside } = visitors()
  const [a, b] = [await enter('a', false), await enter('b', false)]
  const suspect = enter('suspect', true)
  const late = enter('late', false)
  await turn()
  expect(inside).toEqual(['a', 'b'])
  a.leave()
  await turn()
  expect(inside).toEqual(['b'])
  b.leave()
  const alone = await suspect
  await turn()
  expect(inside).toEqual(['suspect'])
  alone.leave()
  await late
  expect(inside).toEqual(['late'])
})

it('lets two suspects in one after the other', async () => {
  const { enter, inside } = visitors()
  const one = await enter('one', true)
  const two = enter('two', true)
  await turn()
  expect(inside).toEqual(['one'])
  one.leave()
  await two
  expect(inside).toEqual(['two'])
})

it('forgets who has given up waiting', async () => {
  const { enter, inside } = visitors()
  const a = await enter('a', false)
  const stopping = new AbortController()
  const suspect = enter('suspect', true, stopping.signal)
  const behind = enter('behind', false)
  stopping.abort(new Error('stop'))
  await expect(suspect).rejects.toThrow('stop')
  await behind
  expect(inside).toEqual(['a', 'behind'])
  a.leave()
  await expect(enter('late', true, stopping.signal)).rejects.toThrow('stop')
})
