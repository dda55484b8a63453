namespace Platform.Contracts.Events;

/// <summary>
/// Usage that was metered before is told to Wallet once more, and to nobody else: a ledger that was set back has lost postings of it. Wallet knows a record by its id, so what it has posted it does not post
/// again. Published by Metering from its outbox when an operator asks for it.
/// </summary>
/// <param name="Usage">A batch of its own, without what only a forecast asks of an item (calls, compared costs).</param>
public sealed record UsageRepublished(UsageMetered Usage);
