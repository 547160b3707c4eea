import AccountsContract
import ArtelConcurrency
public import ArtelEvents
import ArtelJobs

extension Gallery {
  /// What Gallery does about events of other apps: it keeps its copies of the accounts and
  /// of who follows whom, and has what
  /// departed members posted deleted.
  public var events: EventConsumer {
    EventConsumer("gallery", in: db)
      .on(MemberJoined.self) { event, tx in try await Member.keep(event.member, in: tx) }
      .on(MemberChanged.self) { event, tx in try await Member.keep(event.member, in: tx) }
      .on(MemberFollowed.self) { event, tx in try await Follow.keep(event, in: tx) }
      .on(MemberUnfollowed.self) { event, tx in try await Follow.forget(event, in: tx) }
      .on(MemberDeparted.self) { event, tx in
        try await Member.depart(
          event.member,
          version: event.memberVersion,
          at: clock.now(),
          in: tx
        )
        // A replayed event finds the job there, or a member of whom nothing is left.
        try await tx.enqueue(ForgetMember(member: event.member), .now.unique("\(event.member)"))
      }
  }
}
