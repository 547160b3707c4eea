import AccountsContract
import Foundation
import Testing

@testable import Accounts

@Suite("What a node knows of the switches")
struct SwitchesTests {
  // Fails without the rounds: what the poll had read before hides what was turned since.
  @Test func `is not set back by rows that were read before`() {
    let switches = Switches()
    let before = switches.nextRound()
    let after = switches.nextRound()
    let closed = Switch(name: SwitchName.signUp.rawValue, isOn: false, turnedAt: Date())

    switches.learn([closed], of: after)
    switches.learn([], of: before)

    #expect(!switches.isOn(.signUp))
  }
}
