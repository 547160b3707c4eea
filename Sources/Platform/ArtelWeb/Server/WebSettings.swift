/// How the server listens, and what it lets a request cost.
public struct WebSettings: Sendable {
  /// The address to listen at; default 127.0.0.1, this machine only.
  public var host = "127.0.0.1"

  /// The port to listen at; default 8080, 0 takes any free one.
  public var port = 8080

  /// Most connections that wait to be accepted; default 1024.
  public var backlog = 1024

  /// Most open connections; further ones wait to be accepted.
  ///
  /// Default 20,000; lower it with the limit of open files.
  public var connectionLimit = 20_000

  /// How long a connection may stay without a complete request head, without another piece of a
  /// body, or without taking another piece of an answer; default 60 seconds.
  public var idleTimeLimit: Duration = .seconds(60)

  /// How long a request may take until its answer begins; default 30 seconds.
  ///
  /// Routes that receive uploads extend it.
  public var requestTimeLimit: Duration = .seconds(30)

  /// Most bytes of a request's head; default 32 KiB.
  public var headLimitBytes = 32_768

  /// Most header fields of a request; default 100.
  public var headerLimit = 100

  /// The proxies in front of the server, whose `X-Forwarded-For` is believed; default none.
  public var trustedProxies: [AddressRange] = []

  /// How many times the limits of routes are multiplied: for many people behind one address.
  ///
  /// Default 1, at most 1000.
  public var rateFactor = 1

  /// Where a page that needs a member leads guests; default `/sign-in`, nil shows the error page.
  public var signInPath: String? = "/sign-in"

  /// Where pages send members whose proof of who they are is too old; default `/sign-in/again`.
  ///
  /// Nil answers 403.
  public var proofPath: String? = "/sign-in/again"

  /// The default settings.
  public init() {}
}
