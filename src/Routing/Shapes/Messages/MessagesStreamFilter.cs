namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// A stream from message_start to message_stop. The input's usage comes with the first, all of it with message_delta: a stream that breaks off before that has an
/// unknown usage. Everything is passed on.
/// </summary>
internal sealed class MessagesStreamFilter : EventStreamFilter
{
    private readonly MessagesUsage _usage = new();
    private bool _isPinged;
    private bool _hasContent;

    protected override bool Take(ReadOnlySpan<byte> one)
    {
        // Quotes within text are escaped, so these names with theirs are names.
        HasFailed |= one.IndexOf("\"error\""u8) >= 0 && NameOf(one).SequenceEqual("error"u8);
        if (!_hasContent && one.IndexOf("\"content_block"u8) >= 0)
        {
            _hasContent = true;
            _usage.BeginContent();
        }

        // A refusal without any content is one with or without a usage.
        if (_hasContent && one.IndexOf("\"usage\""u8) < 0)
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

    /// <summary>
    /// A ping belongs to the opening; another one keeps the line open for the caller, so it ends the waiting. A refusal instead of any content is no answer either: it waits for its end, so that the
    /// caller, should nobody else be asked, gets all of it.
    /// </summary>
    protected override StreamOpening Judge(ReadOnlySpan<byte> one)
    {
        var name = NameOf(one);
        var wasPinged = _isPinged;
        _isPinged |= name.SequenceEqual("ping"u8);
        return name.SequenceEqual("error"u8) || (name.SequenceEqual("message_stop"u8) && _usage.IsRefusal) ? StreamOpening.Failed
            : name.SequenceEqual("message_delta"u8) && _usage.IsRefusal ? StreamOpening.Waiting
            : name.SequenceEqual("message_start"u8) || name.SequenceEqual("content_block_start"u8) || (name.SequenceEqual("ping"u8) && !wasPinged) ? StreamOpening.Waiting
            : name.SequenceEqual("ping"u8) || (name.IsEmpty && DataOf(one).IsEmpty) ? StreamOpening.KeptOpen
            : StreamOpening.Begun;
    }

    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> one) => FieldOf(one, "event:"u8);
}
