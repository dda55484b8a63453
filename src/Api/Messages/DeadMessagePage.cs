using System.Buffers.Text;
using Platform.Contracts;

namespace Platform.Api.Messages;

/// <summary>
/// Where a page of all services' dead messages begins: each service that has more, with its own page token, as <c>wallet-abc.metering-def</c>. Null for the first page, which asks all of them.
/// </summary>
internal static class DeadMessagePage
{
    /// <summary>The services to ask, each with its token; empty for its first page.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PAGE_TOKEN_INVALID).</exception>
    public static IReadOnlyList<(string Service, string Token)> Read(string? token, IReadOnlyCollection<string> services) =>
        string.IsNullOrEmpty(token) ? [.. services.Select(service => (service, ""))] : [.. token.Split('.').Select(part => ReadPart(part, services))];

    /// <param name="pages">What each service answered; empty where it has no more.</param>
    /// <returns>Empty when none has more.</returns>
    public static string Write(IEnumerable<(string Service, string Token)> pages) =>
        string.Join('.', pages.Where(page => page.Token.Length > 0).Select(page => $"{page.Service}-{page.Token}"));

    private static (string Service, string Token) ReadPart(string part, IReadOnlyCollection<string> services)
    {
        var dash = part.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && services.Contains(part[..dash]) && Base64Url.IsValid(part.AsSpan(dash + 1)) && part.Length > dash + 1
            ? (part[..dash], part[(dash + 1)..])
            : throw RpcErrors.InvalidArgument("page_token is not one that this route gave; begin again without it.", Reasons.PageTokenInvalid);
    }
}
