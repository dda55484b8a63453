using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.Export.Objects.S3;
using Platform.SdkTests;
using Platform.Testing;

namespace Platform.Export.Tests.S3;

/// <summary>A server of S3's language as a process on this machine, whose objects are files. Anybody may read them by plain HTTP, which is how tests look at what the store wrote.</summary>
public sealed class S3Server : IAsyncLifetime
{
    private const string ObjectSuffix = "._S3rver_object";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new();
    private Process? _process;

    /// <summary>Each bucket is a folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("kt-s3-").FullName;

    public string Endpoint { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await NodeScripts.InstallAsync(new Dictionary<string, string>(), CancellationToken.None);
        var start = new ProcessStartInfo("node", ["server.mjs", Folder])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.Combine(AppContext.BaseDirectory, "node"),
        };
        _process = Process.Start(start)!;
        var port = await _process.StandardOutput.ReadLineAsync().WaitAsync(StartLimit);
        Assert.True(port is not null, port is null ? await _process.StandardError.ReadToEndAsync() : "");
        Endpoint = $"http://127.0.0.1:{port}";
    }

    /// <summary>A bucket of the test's own.</summary>
    public string NewBucket()
    {
        var bucket = $"b{Guid.NewGuid():N}";
        Directory.CreateDirectory(Path.Combine(Folder, bucket));
        return bucket;
    }

    internal static S3ObjectStore StoreOf(ExportOptions options, S3Wire wire) => new(ClientOf(options, wire), Microsoft.Extensions.Options.Options.Create(options), NullLogger<S3ObjectStore>.Instance);

    internal static AmazonS3Client ClientOf(ExportOptions options, S3Wire wire)
    {
        var config = S3Client.ConfigOf(options.S3);
        config.HttpClientFactory = new WireFactory(wire);
        return new AmazonS3Client(new BasicAWSCredentials(options.S3.AccessKeyId, options.S3.SecretAccessKey), config);
    }

    internal ExportOptions Options() => new()
    {
        Store = Objects.ObjectStoreKind.S3, S3 = new() { Endpoint = Endpoint, AccessKeyId = "S3RVER", SecretAccessKey = "S3RVER", PartMebibytes = 5, TimeoutSeconds = 20 },
    };

    internal S3Wire Wire() => new(Folder);

    internal S3ObjectStore Store(S3Wire? wire = null) => StoreOf(Options(), wire ?? Wire());

    /// <summary>What anybody reads under a key; null for nothing.</summary>
    public async Task<byte[]?> ReadAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync($"{Endpoint}/{bucket}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}", cancellationToken);
        return response.IsSuccessStatusCode ? await response.Content.ReadAsByteArrayAsync(cancellationToken) : null;
    }

    /// <summary>The file that the server keeps an object in.</summary>
    public string PathOf(string bucket, string key) => Path.Combine(Folder, bucket, key + ObjectSuffix);

    /// <summary>Keys of all objects of a bucket, as its folder has them.</summary>
    public List<string> Keys(string bucket) =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, bucket), "*" + ObjectSuffix, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Path.Combine(Folder, bucket), file)[..^ObjectSuffix.Length]).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is { } process)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(StartLimit);
            process.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private sealed class WireFactory(S3Wire wire) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(wire, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}

[CollectionDefinition(Name)]
public sealed class S3ServerCollection : ICollectionFixture<S3Server>
{
    public const string Name = "one server of S3's language";
}
