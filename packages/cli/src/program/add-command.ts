import type { Command } from 'commander'

/** Makes a command that takes what all of them take; below another one where that is given. */
export type AddCommand = (name: string, description: string, parent?: Command) => Command
