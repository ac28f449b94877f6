import { lockDataDir } from '@coro/shared/config/data-lock'
import { migrate } from '@coro/shared/database/migrate'
import { openDatabase } from '@coro/shared/database/open'
import { createDisposables } from '@coro/shared/process/dispose-all'
import { commandContext, type CommonOptions } from '../command-context.js'

/** `coro migrate` */
export async function migrateCommand(options: CommonOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using own = createDisposables()
  if (config.embedded) own.use(lockDataDir(config.dataDir))
  const database = own.use(await openDatabase(config.databaseUrl))
  const applied = await migrate(database)
  output.result({ applied }, () =>
    output.say(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`),
  )
}
