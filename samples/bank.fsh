// A bank whose transfers succeed as a whole or not at all. Amounts are cents, so that nothing is lost by rounding.

class BankException : Exception { }

class RefusedException : BankException {
    public readonly int missing;

    public RefusedException(string who, int missing) : base(who + " lacks " + Money(missing)) {
        this.missing = missing;
    }
}

string Money(int cents) {
    string text = to_string(abs(cents) % 100);
    if (text.Length < 2) text = "0" + text;
    return (cents < 0 ? "-" : "") + abs(cents) / 100 + "." + text;
}

// -- accounts ---------------------------------------------------------------------------------------------------------

abstract class Account {
    public readonly string owner;
    protected int balance;
    static int opened = 0;
    public readonly int number;

    protected Account(string owner) {
        this.owner = owner;
        number = ++opened;
    }

    public int Balance() => balance;
    public abstract string Kind();

    // How far the balance may fall.
    protected virtual int Floor() => 0;

    public void Deposit(int cents) {
        if (cents <= 0) throw BankException("cannot deposit " + Money(cents));
        balance += cents;
    }

    public virtual void Withdraw(int cents) {
        if (cents <= 0) throw BankException("cannot withdraw " + Money(cents));
        if (balance - cents < Floor()) throw new RefusedException(owner, Floor() - (balance - cents));
        balance -= cents;
    }

    public virtual void EndMonth() { }

    public override string ToString() => "#" + number + " " + owner + " (" + Kind() + "): " + Money(balance);
}

class Checking : Account {
    readonly int credit;
    const int FEE = 150;

    public Checking(string owner, int credit) : base(owner) { this.credit = credit; }
    public override string Kind() => "checking";
    protected override int Floor() => -credit;

    public override void EndMonth() {
        if (balance < 0) balance -= FEE;
    }
}

class Savings : Account {
    readonly int rate;      // hundredths of a percent a month
    int withdrawals;

    public Savings(string owner, int rate) : base(owner) { this.rate = rate; }
    public override string Kind() => "savings";

    public override void Withdraw(int cents) {
        if (withdrawals == 2) throw BankException(owner + " may withdraw only twice a month");
        base.Withdraw(cents);
        withdrawals++;
    }

    public override void EndMonth() {
        balance += balance * rate / 10000;
        withdrawals = 0;
    }
}

class Frozen : Account {
    public Frozen(string owner) : base(owner) { }
    public override string Kind() => "frozen";
    public override void Withdraw(int cents) { throw BankException(owner + " is frozen"); }
}

// -- the bank ---------------------------------------------------------------------------------------------------------

class Bank {
    Account[] accounts = new Account[16];
    int count;
    int tried, done;

    public Account Open(Account account, int cents) {
        if (cents > 0) account.Deposit(cents);
        accounts[count++] = account;
        return account;
    }

    // What one account gives, the others get in equal parts; the first of them gets what cannot be divided.
    public void Share(Account from, Account[] to, int cents) {
        int given = 0;
        tried++;
        from.Withdraw(cents);
        try {
            int part = cents / to.Length;
            for (int i = 0; i < to.Length; i++) {
                int amount = i == 0 ? cents - part * (to.Length - 1) : part;
                to[i].Deposit(amount);
                given += amount;
            }
            done++;
        } catch {
            // Take back what was given, then let the caller know.
            for (int i = 0; given > 0; i++) {
                int amount = i == 0 ? cents - cents / to.Length * (to.Length - 1) : cents / to.Length;
                to[i].Withdraw(amount);
                given -= amount;
            }
            from.Deposit(cents);
            throw;
        } finally {
            print("  " + done + " of " + tried + " transfers done");
        }
    }

    public int Total() {
        int total = 0;
        for (int i = 0; i < count; i++) total += accounts[i].Balance();
        return total;
    }

    public void EndMonth() {
        for (int i = 0; i < count; i++) accounts[i].EndMonth();
    }

    public void Print() {
        for (int i = 0; i < count; i++) print("  " + accounts[i]);
        print("  together " + Money(Total()));
    }
}

void Attempt(Bank bank, string what, Account from, Account[] to, int cents) {
    print(what);
    int before = bank.Total();
    try {
        bank.Share(from, to, cents);
    } catch (RefusedException e) {
        print("  refused: " + e.Message + (e.missing > 10000 ? ", which is a lot" : ""));
    } catch (BankException e) {
        print("  impossible: " + e.Message);
    } catch (e) {
        print("  failed: " + e.Message);
    }
    assert(bank.Total() == before, "money was made or lost");
}

void main() {
    Bank bank = new Bank();
    Account ada = bank.Open(new Checking("Ada", 50000), 120000);
    Account ben = bank.Open(new Savings("Ben", 125), 80000);
    Account eve = bank.Open(new Frozen("Eve"), 99);
    bank.Print();
    Attempt(bank, "Ada gives Ben 1000.01", ada, new Account[] {ben}, 100001);
    Attempt(bank, "Ada gives 600.00 more", ada, new Account[] {ben}, 60000);
    Attempt(bank, "Ada gives 200.00 more", ada, new Account[] {ben}, 20000);
    Attempt(bank, "Ben shares 100.00 among three", ben, new Account[] {ada, eve, ada}, 10000);
    Attempt(bank, "Eve gives 0.50", eve, new Account[] {ada}, 50);
    Attempt(bank, "Ben gives nothing", ben, new Account[] {ada}, 0);
    Attempt(bank, "Ben shares with somebody who has no account", ben, new Account[] {ada, null}, 101);
    Attempt(bank, "Ben withdraws a third time", ben, new Account[] {ada}, 1);
    print("after the end of the month");
    bank.EndMonth();
    bank.Print();
}
