import AccountsContract
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Transaction {
  /// Records in the system log that something was done; it is there exactly when the transaction
  /// commits.
  ///
  /// Cost: one statement, sent with the commit. It takes the log's head until the transaction ends, as
  /// each entry vouches for the one before: all that record wait for each other, each for one flush of
  /// the disk.
  ///
  /// - Parameters:
  ///   - act: What was done.
  ///   - actor: Who did it; nil for a guest, the operator and the server.
  ///   - subject: To whom; nil when it concerns nobody.
  ///   - origin: From where; nil when no request asked for it.
  ///   - details: What else is worth knowing, never a secret: cut to 2 KiB of JSON, each in one
  ///     line. They are erased with the address when actor or subject leaves.
  ///   - now: When it was done.
  func record(
    _ act: Act,
    by actor: MemberID?,
    about subject: MemberID?,
    from origin: SessionOrigin?,
    details: [String: String] = [:],
    at now: Date = Date()
  ) {
    writeAtCommit(
      SystemLogEntry.recording(
        act,
        by: actor,
        about: subject,
        from: origin,
        details: details,
        at: now
      )
    )
  }
}

extension SystemLogEntry {
  /// The statement that ``ArtelPostgres/Transaction/record(_:by:about:from:details:at:)`` sends.
  static func recording(
    _ act: Act,
    by actor: MemberID?,
    about subject: MemberID?,
    from origin: SessionOrigin?,
    details: [String: String],
    at now: Date
  ) -> SQL {
    let address = origin?.address.map { LogText.line($0, limit: 64) }
    let userAgent = (origin?.userAgent).flatMap { text in
      text.isEmpty ? nil : LogText.line(text, limit: 512)
    }
    let details = LogText.fitting(details)
    let salt = LogSeal.salt()
    let seal = LogSeal(
      at: now,
      act: act.name,
      level: act.level,
      actor: actor,
      subject: subject,
      commitment: LogSeal.commitment(
        address: address,
        userAgent: userAgent,
        details: details,
        salt: salt
      )
    )
    // Without a head there is no position, which every entry must have.
    return """
      with head as (
        update system_log_heads set position = position + 1,
          digest = sha256(digest || int8send(position + 1) || \(seal.statement))
        returning position, digest
      )
      insert into system_log_entries (position, done_at, act, level, actor_id, subject_id, address,
        user_agent, details, salt, commitment, digest)
      select position, \(now), \(act.name), \(act.level.rawValue)::log_level, \(actor), \(subject),
        \(address), \(userAgent), \(JSONText(details)), \(salt), \(seal.commitment), digest
      from (values (true)) as always left join head on true
      """
  }
}

extension JSONText {
  /// A flat object of texts.
  init(_ texts: [String: String]) {
    var json = JSONWriter(capacity: 256)
    json.object { json in
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) { json.field(named: name, text) }
    }
    self.init(String(decoding: json.bytes, as: UTF8.self))
  }
}
