import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { requireRoomAt } from './require-room.js'

it('waits where the disk of a folder has less room than is asked for, and says how much', async () => {
  await requireRoomAt(tmpdir(), 1)
  await expect(requireRoomAt(tmpdir(), Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({
    code: 'DATABASE_FULL',
    disposition: 'wait',
    message: expect.stringMatching(/has \d+ MB left/) as string,
  })
})
