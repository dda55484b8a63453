namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// A stream from message_start to message_stop. The input's usage comes with the first, all of it with message_delta: a stream that breaks off before that has an
/// unknown usage. Everything is passed on.
/// </summary>
internal sealed class MessagesStreamFilter : EventStreamFilter
{
    private readonly MessagesUsage _usage = new();

    protected override bool Take(ReadOnlySpan<byte> one)
    {
        // Quotes within text are escaped, so these names with theirs are names.
        if (one.IndexOf("\"usage\""u8) < 0)
        {
            return true;
        }

        var isLast = one.IndexOf("\"message_delta\""u8) >= 0;
        if ((isLast || one.IndexOf("\"message_start\""u8) >= 0) && _usage.Read(DataOf(one)) && isLast)
        {
            Usage = _usage.Known;
        }

        return true;
    }
}
