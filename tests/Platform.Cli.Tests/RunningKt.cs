using Microsoft.Extensions.Time.Testing;

namespace Platform.Cli.Tests;

/// <summary>Runs `kt` in this process against a server, with its own environment, clock and configuration directory.</summary>
/// <param name="width">Columns of its terminal; null: its output is redirected.</param>
internal sealed class RunningKt(string url, string? token = "kt_live_0123456789abcdef", int? width = null) : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("kt-test-");

    /// <summary>Further environment variables.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>What is typed, or comes on standard input, when it asks for a secret.</summary>
    public string? Secret { get; set; }

    /// <summary>How long it waits for an answer; null: as long as kt does.</summary>
    public TimeSpan? Patience { get; set; }

    /// <summary>False: what it is piped into has ended.</summary>
    public bool IsRead { get; set; } = true;

    /// <summary>Who runs it stops it by Ctrl+C.</summary>
    public CancellationToken Stop { get; set; }

    public string Out { get; private set; } = "";

    public string Error { get; private set; } = "";

    public string ConfigFile => Path.Combine(_home.FullName, "keeptrusts", "config.json");

    public async Task<int> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new KtEnvironment(
            output, error, new FakeTimeProvider(Now),
            name => name switch
            {
                "KEEPTRUSTS_API_URL" => url,
                "KEEPTRUSTS_API_TOKEN" => token,
                "XDG_CONFIG_HOME" => _home.FullName,
                _ => Variables.GetValueOrDefault(name),
            },
            _ => Secret,
            width)
        {
            IsRead = () => IsRead,
        };
        environment = Patience is { } patience ? environment with { Patience = patience } : environment;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop, TestContext.Current.CancellationToken);
        var code = await Kt.RunAsync(args, environment, stop.Token);
        (Out, Error) = (output.ToString(), error.ToString());
        return code;
    }

    public void Dispose() => _home.Delete(recursive: true);
}
