using Grpc.Core;
using Platform.Api.Http;
using Platform.Contracts.Identity.V1;
using IdentityClient = Platform.Contracts.Identity.V1.Identity.IdentityClient;

namespace Platform.Api.Identity;

/// <summary>Who is behind keys' ids, for documents that people read (docs/decisions/0269).</summary>
internal sealed partial class KeyNames(IdentityClient identity, ILogger<KeyNames> log)
{
    private const string KeyStart = "key_";

    /// <summary>As many as Wallet takes.</summary>
    private const int AtOnce = 1_000;

    /// <summary>A document does not wait for names.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>By id the key's name, whose it is, and the id. Those of nobody, and all where Wallet does not answer, are not among them.</summary>
    /// <param name="actors">Ids of keys, and what is none.</param>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(IEnumerable<string> actors, HttpContext http)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var ids in actors.Where(actor => actor.StartsWith(KeyStart, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Chunk(AtOnce))
            {
                var answer = await identity.ListKeysAsync(new ListKeysRequest { KeyIds = { ids }, PageSize = AtOnce }, Call.Options(http, Patience));
                foreach (var key in answer.Keys)
                {
                    names[key.KeyId] = $"{key.Name}{(key.UserId.Length > 0 ? $" of {key.UserId}" : "")} ({key.KeyId})";
                }
            }
        }
        catch (RpcException exception) when (!http.RequestAborted.IsCancellationRequested)
        {
            LogUnanswered(exception);
        }

        return names;
    }

    [LoggerMessage(LogLevel.Warning, "The names of keys could not be looked up; the document has their ids.")]
    private partial void LogUnanswered(Exception exception);
}
