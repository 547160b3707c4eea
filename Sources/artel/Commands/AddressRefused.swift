import Foundation
import NIOCore

/// The server may not listen where it was told to.
struct AddressRefused: Error, CustomStringConvertible {
  let description: String

  /// Nil for what has nothing to do with the address.
  init?(_ error: IOError, settings: Settings) {
    let port = "port \(settings.port)"
    switch error.errnoCode {
    case EADDRINUSE:
      description =
        "\(port) of \(settings.host) is in use by another program. Choose another one with --port "
        + "(ARTEL_PORT), or stop that program; `ss -ltnp` names it."
    case EACCES:
      description =
        "This user may not listen on \(port). Choose one from 1024 on with --port (ARTEL_PORT), and let a "
        + "proxy take the others."
    case EADDRNOTAVAIL:
      description =
        "This machine has no address \(settings.host). Choose one of its own with --host (ARTEL_HOST)."
    default: return nil
    }
  }
}
