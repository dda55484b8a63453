using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Engine;

internal sealed record ProgramStart(string Command, IReadOnlyList<string> Args, string WorkingDirectory)
{
    /// <summary>A file without which the start cannot work; told apart because the program's own message would not name the remedy.</summary>
    public string? MustExist { get; init; }
}

/// <summary>Starts a project or an executable and asks its health over HTTP.</summary>
internal sealed class ProgramLauncher(IResource resource, ProgramStart program, ServiceEnvironment environment, TimeSpan stopTimeout) : Launcher
{
    /// <summary>How long a program may take to say how it is.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private static readonly HttpClient Http = new() { Timeout = AnswerLimit };

    public override async Task<ProcessSpec> DescribeAsync(int replica, CancellationToken cancellationToken)
    {
        if (program.MustExist is { } file && !File.Exists(file))
        {
            throw new DistributedApplicationException($"{file} does not exist: build the solution first");
        }

        var args = resource.Annotations.OfType<CommandLineArgsAnnotation>().SelectMany(a => a.Args);
        return new ProcessSpec(program.Command, [.. program.Args, .. args], program.WorkingDirectory)
        {
            Environment = await environment.EvaluateAsync(replica, cancellationToken),
            StopTimeout = stopTimeout,
        };
    }

    public override async Task<Probe> ProbeAsync(int replica, CancellationToken cancellationToken)
    {
        foreach (var check in resource.Annotations.OfType<HttpHealthCheckAnnotation>())
        {
            var port = environment.TargetPort(check.Endpoint.Annotation, replica);
            if (await ProbeAsync(check, $"http://localhost:{port}{check.Path}", cancellationToken) is { IsHealthy: false } unwell)
            {
                return unwell;
            }
        }

        return Probe.Healthy;
    }

    private static async Task<Probe> ProbeAsync(HttpHealthCheckAnnotation check, string url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Http.GetAsync(url, cancellationToken);
            return response.StatusCode == (HttpStatusCode)check.StatusCode ? Probe.Healthy : new Probe($"GET {url} answers {(int)response.StatusCode}");
        }
        catch (HttpRequestException exception)
        {
            return new Probe($"GET {url}: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Probe($"GET {url} does not answer within {AnswerLimit.TotalSeconds:0} s", IsSilent: true);
        }
    }
}
