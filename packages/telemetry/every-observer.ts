import type { Observer } from '@carillon/contract'

/** One observer that tells all of them. */
export function everyObserver(observers: readonly Observer[]): Observer {
  return {
    accepted(push) {
      for (const observer of observers) observer.accepted(push)
    },
    broadcastAccepted(broadcast) {
      for (const observer of observers) observer.broadcastAccepted(broadcast)
    },
    tried(push) {
      for (const observer of observers) observer.tried(push)
    },
    cancelled(push) {
      for (const observer of observers) observer.cancelled(push)
    },
    replayed(push) {
      for (const observer of observers) observer.replayed(push)
    },
    called(call) {
      for (const observer of observers) observer.called(call)
    },
    batch(name, size) {
      for (const observer of observers) observer.batch(name, size)
    },
  }
}
