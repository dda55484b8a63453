using Grpc.Core;

namespace Platform.Contracts.Tests;

public sealed class RpcErrorsTests
{
    /// <summary>What a message is made of → the most bytes of headers that its error may take: of gRPC's other clients, and of .NET's.</summary>
    [Theory]
    [InlineData("a", 8 * 1024)]
    [InlineData("é", 64 * 1024)]
    [InlineData("漢", 64 * 1024)]
    [InlineData("😀", 64 * 1024)]
    public void Error_with_a_message_of_any_length_fits_the_headers_that_clients_take(string character, int mostBytes)
    {
        var error = RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{string.Concat(Enumerable.Repeat(character, 200_000))}'.");

        var bytes = Uri.EscapeDataString(error.Status.Detail).Length + error.Trailers.Sum(entry => entry.IsBinary ? (entry.ValueBytes.Length * 4 / 3) + 4 : entry.Value.Length);
        Assert.InRange(bytes, 1, mostBytes - 256);
        Assert.Equal((StatusCode.NotFound, Reasons.WalletNotFound), (error.StatusCode, RpcErrors.ReasonOf(error)));
        Assert.StartsWith($"There is no wallet '{character}", error.Status.Detail, StringComparison.Ordinal);
        Assert.EndsWith($"{character}…", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_of_usual_length_is_sent_whole() => Assert.Equal(new string('a', RpcErrors.LongestMessage), RpcErrors.InvalidArgument(new string('a', RpcErrors.LongestMessage)).Status.Detail);
}
