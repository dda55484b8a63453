using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using Platform.Testing;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Platform.Metering.Tests.Alerts;

/// <summary>A real SMTP server on the loopback that keeps what it gets. It refuses recipients at refused.example, has no room for those at full.example, takes nothing from stranger.example, and refuses every message while it is told to be busy.</summary>
internal sealed class MailReceiver : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="wantsName">Nothing is taken from who has not said who they are, and nobody is believed.</param>
    /// <param name="certificate">It speaks TLS with it; null: in the clear.</param>
    /// <param name="tlsAtOnce">From the first byte; false: it offers STARTTLS.</param>
    public MailReceiver(bool wantsName = false, X509Certificate2? certificate = null, bool tlsAtOnce = false)
    {
        var services = new ServiceProvider();
        services.Add(new Store(this));
        services.Add(new Recipients());
        if (wantsName)
        {
            services.Add(new DelegatingUserAuthenticator((_, _) => false));
        }

        var options = new SmtpServerOptionsBuilder().ServerName("mail.test").Endpoint(endpoint =>
        {
            endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port)).AuthenticationRequired(wantsName).AllowUnsecureAuthentication(wantsName).IsSecure(tlsAtOnce);
            if (certificate is not null)
            {
                endpoint.Certificate(certificate);
            }
        }).Build();
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    public int Port { get; } = TestPorts.Take();

    public bool Busy { get; set; }

    public ConcurrentQueue<MimeMessage> Messages { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private sealed class Store(MailReceiver receiver) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            if (receiver.Busy)
            {
                return new SmtpResponse(SmtpReplyCode.TransactionFailed, "busy");
            }

            using var stream = new MemoryStream(buffer.ToArray());
            receiver.Messages.Enqueue(await MimeMessage.LoadAsync(stream, cancellationToken));
            return SmtpResponse.Ok;
        }
    }

    private sealed class Recipients : MailboxFilter
    {
        public override Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken) =>
            to.Host == "full.example" ? throw new SmtpResponseException(new SmtpResponse(SmtpReplyCode.SizeLimitExceeded, "mailbox full")) : Task.FromResult(to.Host != "refused.example");

        public override Task<bool> CanAcceptFromAsync(ISessionContext context, IMailbox from, int size, CancellationToken cancellationToken) =>
            Task.FromResult(from.Host != "stranger.example");
    }
}
