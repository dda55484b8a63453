using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// A stream of chat completion chunks: the chunk that carries nothing but usage is left out when the caller did not ask for it. Some providers state the usage so far with every chunk; what counts is
/// only what they state when the answer is over: in a chunk without choices, with or after the reason why the answer ended (also in the choice itself), or last before <c>[DONE]</c>.
/// </summary>
/// <param name="hideUsage">True when the gateway, not the caller, asked for usage.</param>
/// <param name="choices">How many answers were asked for: the end of one is not the end of several.</param>
internal sealed class ChatStreamFilter(bool hideUsage, int choices = 1) : EventStreamFilter
{
    private CallUsage? _stated;
    private string? _tier;
    private bool _isTierSought = true;
    private bool _isFinished;
    private bool _hasContent;

    protected override bool Take(ReadOnlySpan<byte> one)
    {
        // Quotes within text are escaped, so this name with its own is a name.
        HasFailed |= one.IndexOf("\"error\""u8) >= 0 && ChatOpening.Of(DataOf(one)) == StreamOpening.Failed;
        if (_isTierSought && one.IndexOf("\"service_tier\""u8) >= 0)
        {
            // Those that tell it tell it in every chunk; the one with the usage has the last word.
            (_tier, _isTierSought) = (ChatUsage.TierOf(DataOf(one)), false);
        }

        _hasContent = _hasContent || ChatContent.IsIn(DataOf(one));
        _isFinished |= choices == 1 && HasValue(one, "\"finish_reason\""u8, '"');
        if (HasValue(one, "\"usage\""u8, '{') && ReadUsage(DataOf(one), out var hasChoices) is { } usage)
        {
            _stated = (usage.Tier is null ? usage with { Tier = _tier } : usage).Of(_hasContent);
            Usage = !hasChoices || _isFinished ? _stated : null;
            return !hideUsage || hasChoices;
        }

        if (_stated is not null)
        {
            LookBehindUsage(DataOf(one));
        }

        return true;
    }

    protected override StreamOpening Judge(ReadOnlySpan<byte> one) => ChatOpening.Of(DataOf(one));

    /// <summary>A choice's own usage is that of the answer where there is but one.</summary>
    private CallUsage? ReadUsage(ReadOnlySpan<byte> data, out bool hasChoices) =>
        ChatUsage.Read(data, out hasChoices) ?? (choices == 1 && hasChoices ? ChatUsage.OfChoice(data) : null);

    private void LookBehindUsage(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
        {
            Usage = _stated;
        }
        else if (!_isFinished && ChatOpening.Of(data) == StreamOpening.Begun)
        {
            // The answer goes on, so it was the usage so far.
            Usage = null;
        }
    }

    /// <summary>Cheap first look: the name with such a value behind it. Most chunks say null, or nothing.</summary>
    private static bool HasValue(ReadOnlySpan<byte> one, ReadOnlySpan<byte> name, char first)
    {
        while (one.IndexOf(name) is var at and >= 0)
        {
            one = one[(at + name.Length)..];
            var value = one.TrimStart(" \t\r\n"u8);
            if (value.Length > 1 && value[0] == ':' && value[1..].TrimStart(" \t\r\n"u8) is [var begin, ..] && begin == first)
            {
                return true;
            }
        }

        return false;
    }
}
