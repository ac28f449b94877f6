import type { Command } from 'commander'

/** Makes a command that takes what all of them take. */
export type AddCommand = (name: string, description: string) => Command
