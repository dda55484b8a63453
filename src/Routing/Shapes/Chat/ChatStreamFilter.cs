namespace Platform.Routing.Shapes.Chat;

/// <summary>A stream of chat completion chunks: the chunk that carries nothing but usage is left out when the caller did not ask for it.</summary>
/// <param name="hideUsage">True when the gateway, not the caller, asked for usage.</param>
internal sealed class ChatStreamFilter(bool hideUsage) : EventStreamFilter
{
    private string? _tier;
    private bool _isTierSought = true;

    protected override bool Take(ReadOnlySpan<byte> one)
    {
        // Quotes within text are escaped, so this name with its own is a name.
        HasFailed |= one.IndexOf("\"error\""u8) >= 0 && ChatOpening.Of(DataOf(one)) == StreamOpening.Failed;
        if (_isTierSought && one.IndexOf("\"service_tier\""u8) >= 0)
        {
            // Those that tell it tell it in every chunk; the one with the usage has the last word.
            (_tier, _isTierSought) = (ChatUsage.TierOf(DataOf(one)), false);
        }

        if (CarriesUsage(one) && ChatUsage.Read(DataOf(one), out var hasChoices) is { } usage)
        {
            Usage = usage.Tier is null ? usage with { Tier = _tier } : usage;
            return !hideUsage || hasChoices;
        }

        return true;
    }

    protected override StreamOpening Judge(ReadOnlySpan<byte> one) => ChatOpening.Of(DataOf(one));

    /// <summary>Cheap first look: the name with an object behind it. Most chunks say <c>"usage":null</c> or nothing.</summary>
    private static bool CarriesUsage(ReadOnlySpan<byte> one)
    {
        var name = "\"usage\""u8;
        while (one.IndexOf(name) is var at and >= 0)
        {
            one = one[(at + name.Length)..];
            var value = one.TrimStart(" \t\r\n"u8);
            if (value.Length > 1 && value[0] == ':' && value[1..].TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
            {
                return true;
            }
        }

        return false;
    }
}
