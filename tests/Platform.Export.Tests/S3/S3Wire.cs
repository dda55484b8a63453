using System.Net;
using System.Text;

namespace Platform.Export.Tests.S3;

/// <summary>
/// What lies between a store and the server: it counts requests, answers instead of the server where a test says so, and can be cut, as by the death of the process that asks. It also lists and ends unfinished uploads,
/// which the server does not, from the server's own files.
/// </summary>
internal sealed class S3Wire(string folder) : DelegatingHandler(new SocketsHttpHandler())
{
    private int _count;

    /// <summary>Method and path of all that was asked.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>An answer instead of the server's; null to ask that.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Answer { get; set; } = _ => null;

    /// <summary>No answer comes before it.</summary>
    public Task Until { get; set; } = Task.CompletedTask;

    /// <summary>The last request that reaches the server. Its answer is lost with the process.</summary>
    public int LastRequest { get; set; } = int.MaxValue;

    public static HttpResponseMessage Refusal(HttpStatusCode status, string code, string message = "") => new(status)
    {
        Content = new StringContent($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>", Encoding.UTF8, "application/xml"),
    };

    /// <summary>Uploads into a bucket that were neither completed nor given up.</summary>
    public static IEnumerable<string> Unfinished(string folder, string bucket) =>
        Directory.Exists(Uploads(folder, bucket)) ? Directory.EnumerateDirectories(Uploads(folder, bucket)).Select(path => Path.GetFileName(path)) : [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked.Add($"{request.Method} {request.RequestUri!.AbsolutePath}{(request.RequestUri.Query.Length > 0 ? request.RequestUri.Query : "")}");
        var number = Interlocked.Increment(ref _count);
        if (number > LastRequest)
        {
            throw new ProcessIsDeadException();
        }

        await Until.WaitAsync(cancellationToken);
        var response = Answer(request) ?? OfUploads(request) ?? await base.SendAsync(request, cancellationToken);
        if (number == LastRequest)
        {
            response.Dispose();
            throw new ProcessIsDeadException();
        }

        return response;
    }

    private HttpResponseMessage? OfUploads(HttpRequestMessage request)
    {
        var (query, bucket) = (request.RequestUri!.Query, request.RequestUri.AbsolutePath.Split('/')[1]);
        if (request.Method == HttpMethod.Get && query.Contains("uploads", StringComparison.Ordinal))
        {
            var listed = Unfinished(folder, bucket).Select(id => $"<Upload><Key>{File.ReadAllText(Path.Combine(Uploads(folder, bucket), id, "key"))}</Key><UploadId>{id}</UploadId></Upload>");
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent($"<?xml version=\"1.0\"?><ListMultipartUploadsResult>{string.Concat(listed)}</ListMultipartUploadsResult>", Encoding.UTF8, "application/xml"),
            };
        }

        if (request.Method == HttpMethod.Delete && query.Contains("uploadId=", StringComparison.Ordinal))
        {
            Directory.Delete(Path.Combine(Uploads(folder, bucket), query.Split("uploadId=")[1].Split('&')[0]), recursive: true);
            return new HttpResponseMessage(HttpStatusCode.NoContent);
        }

        return null;
    }

    private static string Uploads(string folder, string bucket) => Path.Combine(folder, bucket, "._S3rver_uploads");
}

/// <summary>No process is there to go on, so nothing of the SDK tries again.</summary>
internal sealed class ProcessIsDeadException : Exception;
