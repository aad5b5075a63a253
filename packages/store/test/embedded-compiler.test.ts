import { expect, it } from 'vitest'
import { compilerFlags } from '../embedded/boot.ts'

const GIGABYTE = 2 ** 30

it.each([0.5, 1, 1.9])('does without the optimizing compiler where there are %d GB', (gigabytes) => {
  expect(compilerFlags(gigabytes * GIGABYTE)).toContain('--liftoff-only')
})

it.each([2, 24])('leaves V8 as it is where there are %d GB', (gigabytes) => {
  expect(compilerFlags(gigabytes * GIGABYTE)).toEqual([])
})
