import { readConfig, type Config, type ConfigOverrides } from '@coro/shared/config/read-config'
import { createOutput, type Output } from './print/output.js'

/** The options that every command takes. */
export interface CommonOptions {
  data?: string
  json?: boolean
}

export interface CommandContext {
  config: Config
  output: Output
}

/** Configuration from environment and command line, and where to print. */
export function commandContext(options: CommonOptions, overrides: ConfigOverrides = {}): CommandContext {
  const dataDir = options.data === undefined ? {} : { dataDir: options.data }
  return {
    // oxlint-disable-next-line node/no-process-env -- the one place where the command hands its environment to config
    config: readConfig(process.env, { ...dataDir, ...overrides }),
    output: createOutput(options.json === true),
  }
}
