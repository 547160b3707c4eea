import NIOCore

extension WebContext {
  /// The IP address of the caller: of the connection, or the one that trusted proxies saw; nil when
  /// it is not known.
  ///
  /// Cost: some string work, so ask only where it is needed.
  public var clientAddress: String? {
    AddressRange.clientAddress(
      connection: channel.remoteAddress?.ipAddress,
      forwardedFor: forwardedFor,
      trusted: trustedProxies
    )
  }

  /// What to count attempts by: the caller's IPv4 address, or the first 64 bits of its IPv6
  /// address.
  ///
  /// One household or machine commands all addresses of an IPv6 network of that size.
  public var clientNetwork: String? {
    clientAddress.map(AddressRange.network)
  }

  /// Whether the connection is that of a trusted proxy, whose word on ids and traces counts.
  ///
  /// Cost: some string work, so ask only where it is needed.
  var comesFromTrustedProxy: Bool {
    guard !trustedProxies.isEmpty, let address = channel.remoteAddress?.ipAddress else {
      return false
    }
    return trustedProxies.contains { $0.contains(address) }
  }
}
