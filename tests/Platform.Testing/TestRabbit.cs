using System.Diagnostics;

namespace Platform.Testing;

/// <summary>A real RabbitMQ broker for tests: a virtual host a class, since exchanges are named after message types.</summary>
public static class TestRabbit
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Makes an empty virtual host with the policy that the platform's own broker has (docs/decisions/0211), and answers its AMQP URI with user and password.</summary>
    public static async Task<Uri> CreateVirtualHostAsync()
    {
        var broker = await TestServers.BrokerAsync();
        var name = $"test-{Guid.CreateVersion7():N}";
        var user = broker.Address.UserInfo.Split(':')[0];
        var answer = await EvaluateAsync(broker.ControlFile, $$"""
            rabbit_vhost:add(<<"{{name}}">>, <<"tests">>),
            rabbit_auth_backend_internal:set_permissions(<<"{{user}}">>, <<"{{name}}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>),
            rabbit_policy:set(<<"{{name}}">>, <<"keep-returned">>, <<"">>, [{<<"delivery-limit">>, 1000000000}], 0, <<"queues">>, <<"tests">>).
            """);
        if (answer != "ok")
        {
            throw new InvalidOperationException($"The broker refused the virtual host: {answer}");
        }

        return new UriBuilder(broker.Address) { Path = name }.Uri;
    }

    /// <summary>Evaluates an expression of Erlang in a broker and answers what it says. erl_call comes with Erlang and takes a fiftieth of rabbitmqctl's time, which starts a virtual machine of its own.</summary>
    /// <param name="controlFile">How to reach it.</param>
    public static async Task<string> EvaluateAsync(string controlFile, string expression)
    {
        var start = new ProcessStartInfo("erl_call")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var line in await File.ReadAllLinesAsync(controlFile))
        {
            start.Environment[line[..line.IndexOf('=', StringComparison.Ordinal)]] = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..];
        }

        // By a name of its own: two who call themselves the same at once are not both let in, and -r gives those the same name that start in the same moment.
        foreach (var arg in new[] { "-h", $"test-{Guid.CreateVersion7():N}", "-sname", start.Environment["RABBITMQ_NODENAME"]!, "-e" })
        {
            start.ArgumentList.Add(arg);
        }

        using var limit = new CancellationTokenSource(Limit);
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(expression + "\n"); // An expression ends with a full stop and a new line.
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token) + await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0 && output.StartsWith("{ok, ", StringComparison.Ordinal) && output.EndsWith('}')
            ? output["{ok, ".Length..^1]
            : throw new InvalidOperationException($"The broker could not evaluate {expression}: {output}");
    }
}
