#!/usr/bin/env node
// Plain JavaScript, so that npm can link it before anything is built.
import '../dist/main.js'
