public import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import HTTPTypes
import Synchronization

extension Act {
  /// A switch was turned on or off.
  static let switchTurned = Act("switch.turned", level: .warning)
}

/// What this node knows of the switches; what was never turned is on.
final class Switches: Sendable {
  private struct Known {
    var off: Set<String> = []
    var lastRound = 0
    var learnedRound = 0
  }

  private let known = Mutex(Known())

  func isOn(_ name: SwitchName) -> Bool {
    known.withLock { !$0.off.contains(name.rawValue) }
  }

  /// The number to be taken before the rows are read.
  func nextRound() -> Int {
    known.withLock { known in
      known.lastRound += 1
      return known.lastRound
    }
  }

  /// Takes rows over, unless younger ones were read meanwhile.
  func learn(_ rows: [Switch], of round: Int) {
    let names = Set(rows.filter { !$0.isOn }.map(\.name))
    known.withLock { known in
      guard round > known.learnedRound else { return }
      known.learnedRound = round
      known.off = names
    }
  }
}

extension Accounts {
  /// The switches and how they stand, by one statement.
  public func switches() async throws -> [SwitchRecord] {
    let rows = try await Switch.query.all(in: db)
    return SwitchName.allCases.map { name in
      let row = rows.first { $0.name == name.rawValue }
      return SwitchRecord(name: name, isOn: row?.isOn ?? true, turnedAt: row?.turnedAt)
    }
  }

  /// Turns a switch: at once on this node, within two seconds on others.
  ///
  /// - Throws: `Problem` of kind `not_found` when the requester is no administrator.
  public func turn(_ name: SwitchName, on isOn: Bool, by requester: Requester) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      try await requester.require(in: tx)
      let turned = try await tx.write(
        """
        insert into switches (name, is_on, turned_at) values (\(name.rawValue), \(isOn), \(now))
        on conflict (name) do update set is_on = excluded.is_on, turned_at = excluded.turned_at
        where switches.is_on <> excluded.is_on
        """
      )
      guard turned.affectedCount == 1 else { return }
      tx.record(
        .switchTurned,
        by: requester.member,
        about: nil,
        from: requester.origin,
        details: ["switch": name.rawValue, "on": "\(isOn)"],
        at: now
      )
    }
    try await learnSwitches()
  }

  /// Learns what other nodes turned.
  func learnSwitches() async throws {
    let round = knownSwitches.nextRound()
    knownSwitches.learn(try await Switch.query.all(in: db), of: round)
  }

  /// Lets guests sign up unless an administrator closed that; the operator and the set-up link may.
  ///
  /// - Throws: ``MemberError/signUpClosed``.
  func requireOpenSignUp() throws {
    guard knownSwitches.isOn(.signUp) else { throw MemberError.signUpClosed }
  }

  /// Lets codes be sent by text message unless an administrator stopped that.
  ///
  /// - Throws: ``PhoneCodeError/notSent``.
  func requireTextMessages() throws {
    guard knownSwitches.isOn(.textMessages) else { throw PhoneCodeError.notSent }
  }
}
